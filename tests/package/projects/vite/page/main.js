import "../../app/page.js";
