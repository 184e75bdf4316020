export default {
  test: {
    include: [process.env.SPECS],
    pool: process.env.POOL,
    testTimeout: 120_000,
  },
};
