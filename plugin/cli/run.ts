import { reasonOf } from "../../agent/core/reasons.ts"
import { failureOf } from "../cluster/failures.ts"
import { decideManner } from "../term/decide.ts"
import type { World } from "../world.ts"
import type { Call, Command } from "./command.ts"
import { type ExitCode, exitCodes } from "./exit-codes.ts"
import { Failure, faultLines, Interrupted } from "./failure.ts"
import { globalFlags } from "./flags.ts"
import { nearest } from "./nearest.ts"
import { createOutput } from "./output.ts"
import { commandNames, findCommand } from "./registry.ts"

/** Runs one command line, without the name of the program, and returns what to exit with. Never throws. */
export const run = async (words: readonly string[], world: World): Promise<ExitCode> => {
  const complain = (lines: readonly string[]) => {
    for (const line of lines) world.terminal.err.write(`${line}\n`)
  }
  try {
    return await dispatch(words, world)
  } catch (error) {
    if (error instanceof Interrupted) {
      complain(["interrupted"])
      return exitCodes.interrupted
    }
    const failure = error instanceof Failure ? error : failureOf(error)
    if (failure !== undefined) {
      if (quietness(words) < 2) complain(failure.faults.flatMap(faultLines))
      return failure.exit
    }
    complain(bugLines(error, words, world))
    return exitCodes.bug
  }
}

const dispatch = async (words: readonly string[], world: World): Promise<ExitCode> => {
  const { names, others } = splitWords(words)
  const asked = names[0] === "help" ? names.slice(1) : names
  const wantsHelp = names[0] === "help" || others.some(word => word === "-h" || word === "--help")
  const found = findCommand(asked)
  if (found === undefined) {
    if (asked.length > 0) throw unknownCommand(asked)
    if (!wantsHelp && others.length > 0)
      throw new Failure(exitCodes.usage, { message: "no command is given", usageOf: "kubectl metallb" })
    const { mainHelp } = await import("./help.ts")
    world.terminal.out.write(`${mainHelp()}\n`)
    return exitCodes.ok
  }
  const [extra] = found.rest
  const isOneWord = asked.length - found.rest.length === 1
  const hasParts = isOneWord && commandNames().some(name => name.startsWith(`${found.entry.name} `))
  // Further on it may be the value of a flag that only the command knows.
  const [first, second] = namePlaces(words)
  if (hasParts && extra !== undefined && first !== undefined && second === first + 1)
    throw unknownCommand([`${found.entry.name} ${extra}`, ...found.rest.slice(1)])
  const command = await found.entry.load()
  if (wantsHelp) {
    const { commandHelp } = await import("./help.ts")
    world.terminal.out.write(`${commandHelp(command)}\n`)
    return exitCodes.ok
  }
  return runCommand(command, wordsAfter(words, asked.length - found.rest.length), world)
}

const runCommand = async (command: Command, words: readonly string[], world: World): Promise<ExitCode> => {
  const { parseArguments } = await import("./parse.ts")
  const parsed = parseArguments(command, words)
  const quiet = parsed.flags.count("quiet")
  const manner = decideManner(world.terminal, world.env, {
    color: parsed.flags.text("color") ?? "auto",
    ascii: parsed.flags.on("ascii"),
    quiet,
  })
  const output = createOutput({
    terminal: world.terminal,
    format: parsed.flags.format,
    quiet,
    style: manner.out,
    errorStyle: manner.err,
  })
  const call: Call = { world, flags: parsed.flags, arguments: parsed.arguments, output, manner }
  return command.run(call)
}

/** The words that are no flags and no values of global flags, and all others. */
const splitWords = (
  words: readonly string[],
): { readonly names: readonly string[]; readonly others: readonly string[] } => {
  const places = namePlaces(words)
  return {
    names: places.map(place => words[place] ?? ""),
    others: words.filter((_, place) => !places.includes(place)),
  }
}

const namePlaces = (words: readonly string[]): readonly number[] => {
  const places: number[] = []
  for (let place = 0; place < words.length && words[place] !== "--"; place++) {
    const word = words[place] ?? ""
    if (!word.startsWith("-")) places.push(place)
    else if (takesNextWord(word)) place++
  }
  return places
}

const takesNextWord = (word: string): boolean =>
  globalFlags.some(
    ({ name, short, kind }) =>
      (kind === "text" || kind === "texts") &&
      (word === `--${name}` || word === `-${name}` || (short !== undefined && word === `-${short}`)),
  )

/** The command line without the words that name the command. */
const wordsAfter = (words: readonly string[], nameWords: number): readonly string[] => {
  const names = namePlaces(words).slice(0, nameWords)
  return words.filter((_, place) => !names.includes(place))
}

const unknownCommand = (asked: readonly string[]): Failure => {
  const word = asked[0] ?? ""
  const near = nearest(word, commandNames())
  return new Failure(exitCodes.usage, {
    message: `unknown command "${word}"`,
    ...(near === undefined ? {} : { fix: `kubectl metallb ${[near, ...asked.slice(1)].join(" ")}` }),
    usageOf: "kubectl metallb",
  })
}

/** How often -q stands in the command line, for errors that come before it could be read properly. */
const quietness = (words: readonly string[]): number =>
  words.reduce((sum, word) => sum + (word === "--quiet" ? 1 : /^-q+$/.test(word) ? word.length - 1 : 0), 0)

const bugLines = (error: unknown, words: readonly string[], world: World): readonly string[] => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const path = world.saveReport(
    [`kubectl-metallb ${world.version}`, `command: ${words.join(" ")}`, "", stack, ""].join("\n"),
  )
  const verbose = words.some(word => /^--?v=?[6-9]/.test(word)) || words.join(" ").match(/(^| )--?v [6-9]/) !== null
  return [
    ...faultLines({
      message: `this is a bug in kubectl metallb: ${error instanceof Error ? error.message : String(error)}`,
      code: "ML900",
      where: `version ${world.version}, details in ${path}`,
      fix: reasonOf("ML900").fix,
    }),
    ...(verbose ? stack.split("\n") : []),
  ]
}
