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

export type Stream = { readonly tty: boolean; readonly columns: number; readonly write: (text: string) => void }

export type Environment = Readonly<Record<string, string | undefined>>
