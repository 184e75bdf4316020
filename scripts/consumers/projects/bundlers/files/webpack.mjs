import webpack from "webpack";

const [entry, filename] = process.argv.slice(2);
const config = {
  mode: "production",
  context: import.meta.dirname,
  entry: `./${entry}`,
  target: "web",
  output: { path: import.meta.dirname, filename },
  performance: false,
  // Takes the most time; once is enough to see that it harms nothing.
  optimization: { minimize: entry === "page.mjs" },
};
webpack(config, (error, stats) => {
  if (!error && !stats.hasErrors() && !stats.hasWarnings()) return;
  console.error(error ?? stats.toString("errors-warnings"));
  process.exitCode = 1;
});
