const { run } = require("./smoke.js");

run().then(console.log);
