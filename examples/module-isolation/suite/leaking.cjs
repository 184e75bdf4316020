const { increment } = require("./counter.cjs");

exports["passes, but leaves its code in a global"] = () => {
  globalThis.countUp = () => increment();
};
