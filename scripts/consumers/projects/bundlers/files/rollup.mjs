import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { rollup } from "rollup";

const [input, file] = process.argv.slice(2);
const bundle = await rollup({
  input,
  plugins: [nodeResolve({ browser: true }), commonjs()],
  onwarn: ({ message }) => {
    throw new Error(message);
  },
});
await bundle.write({ file, format: "cjs", inlineDynamicImports: true });
