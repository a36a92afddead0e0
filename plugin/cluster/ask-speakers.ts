import { type Api, Refusal, Unreachable } from "./api.ts"
import { at, type Json, textAt } from "./json.ts"
import { kinds } from "./kinds.ts"
import { list } from "./objects.ts"

/** What the speaker of a node said; `unknown` says why it could not be asked. */
export type SpeakerAnswer =
  | { readonly node: string; readonly answer: Json; readonly unknown?: undefined }
  | { readonly node: string; readonly answer?: undefined; readonly unknown: string }

/** Asked at the same time. */
const most = 8
const client = ["/usr/bin/node", "/app/agent.cjs"] as const

/**
 * Puts a question to the speakers of these nodes, or of all, by a command inside their pods: who may do that (create pods/exec) is for the
 * API server to say. Answers come by node name. A speaker that cannot be asked is unknown, never left out.
 */
export const askSpeakers = async (
  api: Api,
  installNamespace: string,
  question: string,
  nodes?: readonly string[],
): Promise<readonly SpeakerAnswer[]> => {
  const pods = (await list(api, kinds.pod, { namespace: installNamespace, labels: "app=metallb,component=speaker" }))
    .map(pod => ({ name: textAt(pod, "metadata", "name"), node: textAt(pod, "spec", "nodeName") }))
    .filter(({ node }) => node !== "" && (nodes === undefined || nodes.includes(node)))
    .sort((a, b) => (a.node < b.node ? -1 : 1))
  const answers: SpeakerAnswer[] = []
  const waiting = [...pods]
  const work = async () => {
    for (let pod = waiting.shift(); pod !== undefined; pod = waiting.shift())
      answers.push(await ask(api, installNamespace, pod, question))
  }
  await Promise.all(Array.from({ length: Math.min(most, pods.length) }, work))
  const silent = (nodes ?? []).filter(node => !pods.some(pod => pod.node === node))
  return [...answers, ...silent.map(node => ({ node, unknown: "no speaker runs there" }))].sort((a, b) =>
    a.node < b.node ? -1 : 1,
  )
}

const ask = async (
  api: Api,
  namespace: string,
  pod: { readonly name: string; readonly node: string },
  question: string,
): Promise<SpeakerAnswer> => {
  const { node } = pod
  try {
    const command = [...client, `--query=${question}`]
    const { out, err, failure } = await api.exec({ namespace, pod: pod.name, container: "speaker", command })
    if (failure !== undefined) return { node, unknown: firstLine(err) || failure }
    const reply = JSON.parse(out) as Json
    const error = textAt(reply, "error")
    return error === "" ? { node, answer: at(reply, "answer") } : { node, unknown: error }
  } catch (error) {
    if (error instanceof Refusal || error instanceof Unreachable) return { node, unknown: firstLine(error.message) }
    if (error instanceof SyntaxError) return { node, unknown: "its answer is no JSON" }
    throw error
  }
}

const firstLine = (text: string): string => (text.trim().split("\n")[0] ?? "").slice(0, 200)
