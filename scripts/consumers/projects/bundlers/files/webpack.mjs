import webpack from "webpack";

const [entry, filename] = process.argv.slice(2);
const config = {
  mode: "production",
  context: import.meta.dirname,
  entry: `./${entry}`,
  target: "web",
  output: { path: import.meta.dirname, filename },
  performance: false,
};
webpack(config, (error, stats) => {
  if (!error && !stats.hasErrors() && !stats.hasWarnings()) return;
  console.error(error ?? stats.toString("errors-warnings"));
  process.exitCode = 1;
});
