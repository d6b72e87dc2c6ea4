// The program by `require()`.
const consul = require("consul-peering");
const { program } = require("./program.js");

program(consul, JSON.parse(process.argv[2])).then((observed) => console.log(JSON.stringify(observed)));
