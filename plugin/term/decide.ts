import { createStyle, type Style } from "../view/style.ts"
import type { Environment, Terminal } from "./terminal.ts"

export type Wishes = { readonly color: string; readonly ascii: boolean; readonly quiet: number }

/** How to talk to this terminal, decided once. */
export type Manner = {
  readonly out: Style
  readonly err: Style
  readonly spinner: boolean
  readonly unicode: boolean
  readonly prompts: boolean
}

/**
 * stdout and stderr decide apart. NO_COLOR and TERM=dumb take colour away, --color=always and FORCE_COLOR bring it back;
 * without a terminal or under CI there are only words, no spinner and no question.
 */
export const decideManner = (terminal: Terminal, env: Environment, wishes: Wishes): Manner => {
  const ci = set(env["CI"]) && env["CI"] !== "false" && env["CI"] !== "0"
  const dumb = env["TERM"] === "dumb"
  const forced =
    wishes.color === "always" || (wishes.color === "auto" && set(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0")
  const forbidden = wishes.color === "never" || (wishes.color === "auto" && (set(env["NO_COLOR"]) || dumb))
  const unicode = !wishes.ascii && hasUnicode(env)
  const styleFor = (tty: boolean): Style => {
    const lively = tty && !ci
    const words = wishes.quiet > 0 || !unicode
    return createStyle(wishes.quiet === 0 && !forbidden && (forced || lively), !words && (forced || lively))
  }
  const free = !ci && wishes.quiet === 0
  return {
    out: styleFor(terminal.out.tty),
    err: styleFor(terminal.err.tty),
    // Without a width ora would move up an endless number of lines to redraw one.
    spinner: free && terminal.err.tty && terminal.err.columns > 0 && !dumb,
    unicode,
    prompts: free && terminal.input.tty && terminal.err.tty,
  }
}

const set = (value: string | undefined): boolean => value !== undefined && value !== ""

const hasUnicode = (env: Environment): boolean =>
  /utf-?8/i.test([env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(set) ?? "")
