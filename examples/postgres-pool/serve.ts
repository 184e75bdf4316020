import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createPostgresPool } from "./postgres-pool.ts";

// A web server that ends in good order: it answers the open requests, then closes its connections.

const pool = createPostgresPool({ application_name: "web" }, { min: 1 });
pool.on("error", ({ operation, error }) => console.error(`${operation}: ${String(error)}`));
await pool.ready();

const server = createServer((_, response) => {
  const answered = pool.use((client) => client.query<{ sum: number }>("select 1 + 1 as sum"));
  const answer = (status: number, text: string): void => {
    // A connection that is kept alive would keep the process alive too.
    response.shouldKeepAlive = server.listening;
    response.writeHead(status).end(text);
  };
  answered.then(
    ({ rows }) => answer(200, String(rows[0]?.sum)),
    () => answer(503, "try again later"),
  );
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log(`listening on ${(server.address() as AddressInfo).port}`);

await once(process, "SIGTERM");
server.close();
await once(server, "close");
const { left } = await pool.close({ deadline: 5_000 });
console.log(`closed, ${left.length} left`);
