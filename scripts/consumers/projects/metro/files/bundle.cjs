const Metro = require("metro");

const [out, packageExports] = process.argv.slice(2);

async function main() {
  const config = await Metro.loadConfig(
    { resetCache: true },
    {
      projectRoot: __dirname,
      watchFolders: [__dirname],
      maxWorkers: 1,
      cacheStores: [],
      transformer: {
        // That of React Native.
        babelTransformerPath: require.resolve("@react-native/metro-babel-transformer"),
      },
      resolver: { unstable_enablePackageExports: packageExports === "on" },
    },
  );
  await Metro.runBuild(config, { entry: "page.js", out, dev: false, minify: false });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
