import { helpText, readCommandLine } from "./flags.ts"
import { textOf } from "./ports/log.ts"
import { askQuestion } from "./ports/query-socket.ts"
import { type Agent, processLog, runAgent } from "./run.ts"
import { version } from "./version.ts"

/** How long the end waits until the last lines of the log are read, in milliseconds. */
const lastLines = 500

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
  const { log, flush } = processLog(line.options.logLevel)
  const end = async (code: number) => {
    if (await flush(lastLines)) process.exit(code)
    // Nobody reads the log, and an exit would wait for the thread that waits for a reader.
    process.kill(process.pid, "SIGKILL")
  }
  const bug = (thrown: unknown) => {
    const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    log.error("a bug ended the agent; please report this line", { version: version(), mode: line.options.mode, stack })
    void end(70)
  }
  process.on("uncaughtException", bug)
  process.on("unhandledRejection", bug)

  let agent: Agent | undefined
  const stop = async (signal: string) => {
    log.info("stopping", { signal })
    await agent?.stop()
    log.info("stopped")
    await end(0)
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop(signal))
  try {
    agent = await runAgent(line.options, process.env, log)
  } catch (error) {
    process.stderr.write(`error: ${textOf(error)}\n`)
    await end(1)
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
