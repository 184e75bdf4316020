import { SingleBar } from "cli-progress";

/** Shows the progress of a suite on the standard error. */
export interface Progress {
  start(label: string): void;
  done(label: string): void;
  end(): void;
}

/**
 * A bar on a terminal. Elsewhere a line for each step, because a bar would write a lot of
 * characters.
 */
export function createProgress(suite: string, steps: number): Progress {
  const start = performance.now();
  const seconds = (): string => ((performance.now() - start) / 1_000).toFixed(0);
  if (!process.stderr.isTTY) {
    let finished = 0;
    return {
      start: () => undefined,
      done(label) {
        finished += 1;
        process.stderr.write(`${suite} ${finished}/${steps}, ${seconds()} s: ${label}\n`);
      },
      end: () => undefined,
    };
  }
  const bar = new SingleBar({
    format: `${suite.padEnd(10)} {bar} {value}/{total}  {seconds} s  {label}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    fps: 5,
  });
  const running = new Set<string>();
  const runningNow = (): string => [...running].join(" | ");
  bar.start(steps, 0, { label: "", seconds: "0" });
  return {
    start(label) {
      running.add(label);
      bar.update({ label: runningNow(), seconds: seconds() });
    },
    done(label) {
      running.delete(label);
      bar.increment({ label: runningNow(), seconds: seconds() });
    },
    end() {
      bar.update({ label: "", seconds: seconds() });
      bar.stop();
    },
  };
}
