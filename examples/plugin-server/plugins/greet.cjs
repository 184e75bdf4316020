const greetings = new Map();

/** Answers a request. */
exports.handle = async (url) => {
  const name = url.searchParams.get("name") ?? "you";
  if (!greetings.has(name)) greetings.set(name, `Hello, ${name}`);
  await new Promise(setImmediate);
  return `${exports.version}: ${greetings.get(name)}`;
};

exports.version = 1;
