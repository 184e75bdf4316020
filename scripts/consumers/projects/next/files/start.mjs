// Starts what `next build` has made, asks for a path, and prints the answer.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

const [path] = process.argv.slice(2);
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port: free } = probe.address();
    probe.close(() => resolve(free));
  });
});
const args = ["node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1", "-p", `${port}`];
const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
try {
  for await (const chunk of server.stdout) {
    process.stdout.write(chunk);
    if (String(chunk).includes("Ready")) break;
  }
  const signal = AbortSignal.timeout(60_000);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal });
  console.log(response.status, await response.text());
  if (!response.ok) process.exitCode = 1;
} finally {
  server.kill("SIGKILL");
}
