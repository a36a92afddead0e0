import type { WireResponse } from "../../../agent/ports/kube/transport.ts"
import type { Json } from "./fake-store.ts"

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

export const answer = (status: number, body: Json | string, retryAfter?: number): WireResponse => {
  const text = typeof body === "string" ? body : JSON.stringify(body)
  return {
    status,
    retryAfter: retryAfter === undefined ? undefined : String(retryAfter),
    body: (async function* () {
      yield encode(text)
    })(),
    text: async mostBytes => (encode(text).length > mostBytes ? undefined : text),
  }
}

export const no = (status: number, reason: string, message = reason, retryAfter?: number): WireResponse =>
  answer(status, { kind: "Status", status: "Failure", code: status, reason, message }, retryAfter)
