export class SleepWatch {
  slept(_now: number): number {
    return 0;
  }
}
