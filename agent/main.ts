import { helpText, readCommandLine } from "./flags.ts"
import { textOf } from "./ports/log.ts"
import { askQuestion } from "./ports/query-socket.ts"
import { type Agent, processLog, runAgent } from "./run.ts"
import { version } from "./version.ts"

/** Exit codes: 0 stopped when asked to, 1 cannot start, 2 wrong command line, 70 a bug (sysexits.h: EX_SOFTWARE). */
const main = async (): Promise<void> => {
  const line = readCommandLine(process.argv.slice(2), process.env)
  if (line.kind === "help") return void process.stdout.write(helpText())
  if (line.kind === "version") return void process.stdout.write(`v${version()}\n`)
  if (line.kind === "query") return ask(line.socket, line.question)
  if (line.kind === "mistake") {
    process.stderr.write(`error: ${line.message}\nSee '--help' for flags and examples.\n`)
    return process.exit(2)
  }
  const log = processLog(line.options.logLevel)
  const bug = (thrown: unknown) => {
    const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    log.error("a bug ended the agent; please report this line", { version: version(), mode: line.options.mode, stack })
    process.exit(70)
  }
  process.on("uncaughtException", bug)
  process.on("unhandledRejection", bug)

  let agent: Agent | undefined
  const stop = async (signal: string) => {
    log.info("stopping", { signal })
    await agent?.stop()
    log.info("stopped")
    process.exit(0)
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(signal))
  try {
    agent = await runAgent(line.options, process.env, log)
  } catch (error) {
    process.stderr.write(`error: ${textOf(error)}\n`)
    process.exit(1)
  }
}

/** 0 whatever the answer says, 1 where there was none. */
const ask = async (socket: string, question: string): Promise<void> => {
  try {
    process.stdout.write(`${await askQuestion(socket, question)}\n`)
  } catch (error) {
    process.stderr.write(`error: ${textOf(error)}\n`)
    process.exit(1)
  }
}

void main()
