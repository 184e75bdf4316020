const assert = require("node:assert");
const { increment } = require("./counter.cjs");

exports["counts from 1, whatever ran before"] = async () => assert.equal(increment(), 1);
