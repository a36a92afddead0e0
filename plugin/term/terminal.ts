/** The two streams and the keyboard, so that a test can stand in for all of them. */
export type Terminal = {
  readonly out: Stream
  readonly err: Stream
  readonly input: {
    readonly tty: boolean
    /** All of standard input as text. */
    readonly readAll: () => Promise<string>
    /** One line after a question on stderr; undefined where input ended. */
    readonly ask: (question: string) => Promise<string | undefined>
  }
}

export type Stream = {
  readonly tty: boolean
  /** 0 where nobody knows, which also happens on terminals: those of `script` and `expect` may have no size. */
  readonly columns: number
  readonly write: (text: string) => void
}

export type Environment = Readonly<Record<string, string | undefined>>
