"use strict";
const kept = [];
exports.keep = function keep(value) {
  kept.push(value);
};
exports.slots = {};
