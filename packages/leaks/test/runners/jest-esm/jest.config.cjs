module.exports = { testMatch: ["**/*.spec.mjs"], testTimeout: 120_000, transform: {} };
