import { spawn } from "node:child_process"
import { once } from "node:events"
import { inside } from "./cable.ts"
import type { Scene } from "./scene.ts"

/** Whether the router's kernel reaches the address now. */
export const reaches = ({ cable }: Scene, address: string): boolean =>
  cable.theirs.run("ping", "-c", "1", "-W", "1", address).includes(" 0% packet loss")

/** Pings the address from the router's end 50 times a second, until it is ended. */
export const ping = ({ cable }: Scene, address: string) => {
  const [enter = "", ...words] = inside(cable.theirs.namespace)
  const child = spawn(enter, [...words, "ping", "-i", "0.02", "-W", "1", address], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text
  })
  return {
    end: async (): Promise<{ readonly sent: number; readonly answered: number }> => {
      child.kill("SIGINT")
      await once(child, "close")
      const [, sent, answered] = /(\d+) packets transmitted, (\d+) received/.exec(output) ?? []
      return { sent: Number(sent), answered: Number(answered) }
    },
  }
}
