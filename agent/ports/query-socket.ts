import { chmodSync, rmSync } from "node:fs"
import { createConnection, createServer, type Socket } from "node:net"

/** What an agent says of itself when it is asked; the answer is plain data. */
export type Question = (argument: string) => unknown
/** By name: "owners", "history". Whoever knows something adds a question. */
export type Questions = Readonly<Record<string, Question>>

export type QueryServer = { readonly stop: () => void }

/** A name and an argument: RFC 1123 names and addresses are shorter. */
const questionMost = 512
const connectionsMost = 8
const patience = 2_000
/** The largest answers are lists of thousands of addresses. */
const answerMost = 8 * 1024 * 1024

/**
 * Answers questions on a Unix socket that the same user alone may open (0600): who may do that in a pod is for the API server's access
 * control to say (pods/exec). One line is asked, "history 192.0.2.1"; one JSON document is the answer, {"answer": …} or {"error": …}.
 * Rejects where the folder is not there or another agent listens already.
 */
export const serveQuestions = async (path: string, questions: Questions): Promise<QueryServer> => {
  if (await isAnswered(path)) throw new Error(`${path}: another agent answers there`)
  rmSync(path, { force: true })
  const server = createServer({ allowHalfOpen: true }, socket => converse(socket, questions))
  server.maxConnections = connectionsMost
  return new Promise((resolve, reject) => {
    const before = process.umask(0o177)
    server.once("error", reject)
    try {
      // The file is made within this call, so that nobody finds it with other rights.
      server.listen(path, () => {
        server.off("error", reject)
        server.on("error", () => undefined)
        chmodSync(path, 0o600)
        server.unref()
        resolve({ stop: () => void server.close() })
      })
    } finally {
      process.umask(before)
    }
  })
}

const isAnswered = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = createConnection(path)
    const say = (answered: boolean) => () => {
      socket.destroy()
      resolve(answered)
    }
    socket.on("connect", say(true)).on("error", say(false))
  })

const converse = (socket: Socket, questions: Questions): void => {
  let text = ""
  socket.setEncoding("utf8").setTimeout(patience, () => socket.destroy())
  socket.on("error", () => undefined)
  socket.on("data", (part: string) => {
    text += part
    const end = text.indexOf("\n")
    if (end < 0 && text.length <= questionMost) return
    socket.removeAllListeners("data").pause()
    socket.end(JSON.stringify(end < 0 || end > questionMost ? tooLong : answerTo(text.slice(0, end), questions)))
  })
}

const tooLong = { error: `a question has ${questionMost} characters at most` }

/** What one line gets: the answer of the question that it names, or a refusal that lists those that there are. */
export const answerTo = (line: string, questions: Questions): object => {
  const [name = "", ...rest] = line.trim().split(" ")
  const question = Object.hasOwn(questions, name) ? questions[name] : undefined
  if (question === undefined)
    return { error: `${JSON.stringify(name)} is no question; there are ${Object.keys(questions).sort().join(", ")}` }
  return { answer: question(rest.join(" ")) ?? null }
}

/** Asks an agent on this host; resolves with the JSON of its answer, rejects where nobody answers in time. */
export const askQuestion = (path: string, question: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path)
    let text = ""
    socket.setEncoding("utf8").setTimeout(patience, () => socket.destroy(new Error("no answer within 2 s")))
    socket.on("error", error => reject(new Error(`${path}: ${error.message}`)))
    socket.on("data", (part: string) => {
      text += part
      if (text.length > answerMost) socket.destroy(new Error(`the answer is longer than ${answerMost} characters`))
    })
    socket.on("end", () => resolve(text))
    socket.write(`${question.replaceAll("\n", " ")}\n`)
  })
