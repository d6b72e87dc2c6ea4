import "../../app/page-inline.js";
