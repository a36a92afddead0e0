import { randomBytes } from "node:crypto"
import type { IncomingMessage, RequestOptions } from "node:http"
import { request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"
import type { Socket } from "node:net"
import { Interrupted } from "../cli/failure.ts"
import { type ExecReply, type ExecRequest, Refusal, Unreachable } from "./api.ts"
import { type Json, textAt } from "./json.ts"
import { createMessageReader } from "./web-socket.ts"

/** What kubectl and the kubelet agree on: the first byte of a message says which stream it belongs to. */
const protocols = "v5.channel.k8s.io, v4.channel.k8s.io"
const channels = { out: 1, err: 2, status: 3 } as const
const most = 8 * 1024 * 1024

/** Runs it over a web socket. Throws a Refusal for the server's no, Unreachable where the connection broke or took too long. */
export const execute = (
  base: URL,
  { namespace, pod, container, command }: ExecRequest,
  options: RequestOptions,
  { timeoutMs, interrupted }: { readonly timeoutMs: number; readonly interrupted: AbortSignal },
): Promise<ExecReply> =>
  new Promise((resolve, reject) => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec`
    const url = new URL(base.pathname.replace(/\/$/, "") + path, base)
    for (const [key, value] of [
      ["container", container],
      ["stdout", "true"],
      ["stderr", "true"],
    ] as const)
      url.searchParams.append(key, value)
    for (const word of command) url.searchParams.append("command", word)
    const unreachable = (error: Error) =>
      reject(interrupted.aborted ? new Interrupted() : new Unreachable(url.origin, error.message))
    const outgoing = (url.protocol === "http:" ? httpRequest : httpsRequest)(url, {
      ...options,
      method: "GET",
      signal: interrupted,
      headers: {
        ...(options.headers as Readonly<Record<string, string>> | undefined),
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
        "Sec-WebSocket-Protocol": protocols,
      },
    })
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000}s`)))
    outgoing.on("error", unreachable)
    outgoing.on("response", answer => refuse(answer, path).then(reject, unreachable))
    outgoing.on("upgrade", (_, socket: Socket, head: Buffer) => {
      socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs / 1000}s`)))
      read(socket, head).then(resolve, unreachable)
    })
    outgoing.end()
  })

/** The server did not switch protocols: its answer says why. */
const refuse = async (answer: IncomingMessage, path: string): Promise<Refusal> => {
  const parts: Buffer[] = []
  for await (const part of answer) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString("utf8").slice(0, 2_000)
  const body = jsonOf(text)
  const message = textAt(body, "message") || text.trim() || `HTTP ${answer.statusCode}`
  return new Refusal(answer.statusCode ?? 0, textAt(body, "reason") || "Unknown", message, { method: "GET", path })
}

const read = (socket: Socket, head: Buffer): Promise<ExecReply> =>
  new Promise((resolve, reject) => {
    const texts = { [channels.out]: "", [channels.err]: "", [channels.status]: "" } as Record<number, string>
    const readMessages = createMessageReader(most)
    const end = () => {
      socket.destroy()
      const status = jsonOf(texts[channels.status] ?? "")
      const failure = textAt(status, "status") === "Success" ? undefined : textAt(status, "message") || "it did not end"
      resolve({ out: texts[channels.out] ?? "", err: texts[channels.err] ?? "", failure })
    }
    const take = (part: Buffer) => {
      try {
        for (const message of readMessages(part)) {
          if (message.kind === "close") return end()
          const channel = message.bytes[0] ?? 0
          const text = (texts[channel] ?? "") + message.bytes.toString("utf8", 1)
          if (text.length > most) throw new Error(`more than ${most} characters were written`)
          texts[channel] = text
        }
      } catch (error) {
        socket.destroy()
        reject(error)
      }
    }
    socket.on("data", take).on("end", end).on("close", end).on("error", reject)
    take(head)
  })

const jsonOf = (text: string): Json => {
  try {
    return text === "" ? undefined : (JSON.parse(text) as Json)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
