/** Something a person can mend: one sentence on what is wrong, one on what to type or change. */
export class Failure extends Error {
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.name = "Failure"
    this.fix = fix
  }
}

/** The two lines a terminal shows for any error; a Failure shows no stack, since it is no bug. */
export function sentence(error: unknown): string {
  if (error instanceof Failure) return `error: ${error.message}\n  fix    ${error.fix}\n`
  if (error instanceof Error) return `error: ${error.stack ?? error.message}\n`
  return `error: ${String(error)}\n`
}
