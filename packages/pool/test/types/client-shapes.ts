// The types of the usual clients, as far as a pool uses them: their shapes are copied from their
// packages, so that the tests do not need these packages.

/** A query of `pg`. */
export interface PgResult {
  readonly rows: unknown[];
  readonly rowCount: number | null;
}

/** `Client` of `pg`. */
export interface PgClient {
  connect(): Promise<void>;
  connect(callback: (error: Error) => void): void;
  query(text: string, values?: unknown[]): Promise<PgResult>;
  end(): Promise<void>;
  end(callback: (error: Error) => void): void;
  on(event: "error" | "end", listener: (error: Error) => void): this;
}

/** `PoolClient` of `pg`. */
export interface PgPoolClient extends Omit<PgClient, "end"> {
  release(error?: Error | boolean): void;
}

/** `Connection` of `mysql2/promise`. */
export interface MysqlConnection {
  query(sql: string): Promise<[unknown[], unknown[]]>;
  ping(): Promise<void>;
  reset(): Promise<void>;
  changeUser(options: { database?: string }): Promise<void>;
  end(options?: unknown): Promise<void>;
  destroy(): void;
}

/** `Redis` of `ioredis`. */
export interface IoRedis {
  readonly status: string;
  ping(): Promise<"PONG">;
  select(db: number): Promise<"OK">;
  reset(): Promise<"OK">;
  quit(): Promise<"OK">;
  disconnect(reconnect?: boolean): void;
  on(event: string, listener: (...args: unknown[]) => void): this;
}

/** `createClient()` of `redis`. */
export interface NodeRedis {
  readonly isReady: boolean;
  connect(): Promise<NodeRedis>;
  ping(): Promise<string>;
  select(db: number): Promise<void>;
  sendCommand<T = string>(args: readonly string[]): Promise<T>;
  quit(): Promise<string>;
  close(): Promise<void>;
  destroy(): void;
  on(event: string, listener: (...args: unknown[]) => void): this;
}

/** `Page` of `puppeteer`. */
export interface Page {
  goto(url: string): Promise<{ ok(): boolean } | null>;
  isClosed(): boolean;
  close(): Promise<void>;
}

/** `Browser` of `puppeteer`. */
export interface Browser {
  readonly connected: boolean;
  newPage(): Promise<Page>;
  pages(): Promise<Page[]>;
  version(): Promise<string>;
  process(): { kill(signal?: string): boolean } | null;
  close(): Promise<void>;
}

/** `Client` of `undici`. */
export interface UndiciClient {
  readonly closed: boolean;
  readonly destroyed: boolean;
  request(options: { path: string; method: string }): Promise<{ readonly statusCode: number }>;
  close(): Promise<void>;
  close(callback: () => void): void;
  destroy(): Promise<void>;
  destroy(error: Error | null): Promise<void>;
  destroy(callback: () => void): void;
}

/** `MongoClient` of `mongodb`. */
export interface MongoClient {
  connect(): Promise<this>;
  db(name?: string): { command(command: object): Promise<Record<string, unknown>> };
  close(force?: boolean): Promise<void>;
}

/** A channel of `amqplib`, whose methods return promises of Bluebird. */
export interface AmqpChannel {
  prefetch(count: number): PromiseLike<object>;
  close(): PromiseLike<void>;
}

export declare const connect: {
  pg(config: { signal?: AbortSignal }): PgClient;
  pgPool(): Promise<PgPoolClient>;
  mysql(options: { host: string }): Promise<MysqlConnection>;
  ioredis(url: string): IoRedis;
  redis(options: { url: string }): NodeRedis;
  browser(options: { signal?: AbortSignal; host?: string }): Promise<Browser>;
  undici(origin: string): UndiciClient;
  mongo(url: string): MongoClient;
  amqp(): PromiseLike<AmqpChannel>;
};
