const assert = require("node:assert");
const { increment } = require("./counter.cjs");

exports["counts from 1"] = () => assert.equal(increment(), 1);
exports["counts on"] = () => assert.equal(increment(), 2);
