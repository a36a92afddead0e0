import type { Lab } from "../lab/lab.ts"

/** A second IPv4 range of the LAN, with room for thousands of addresses; hosts have the number in it that they have in the first. */
export const wideRange = "10.77.0.0/16"

const hostsOf = (lab: Lab) => [
  ...lab.plan.nodes.map(({ name, ipv4 }) => ({
    address: wideAddress(ipv4),
    run: (args: readonly string[]) => lab.exec(name, args),
  })),
  { address: wideAddress(lab.plan.client.ipv4), run: (args: readonly string[]) => lab.client(args) },
]

/** The address in the second range of a host of the first. */
export const wideAddress = (ipv4: string): string => `10.77.255.${ipv4.split(".").at(-1)}`

/** Gives nodes and client an address in the second range, so that a pool of it lies in their own subnet. Doing it twice is no error. */
export const widenLan = async (lab: Lab): Promise<void> => {
  for (const { address, run } of hostsOf(lab)) {
    const { code, stderr } = await run(["ip", "addr", "replace", `${address}/16`, "dev", "eth0"])
    if (code !== 0) throw new Error(`${address}: ${stderr}`)
  }
}

/** Takes the addresses back. */
export const narrowLan = async (lab: Lab): Promise<void> => {
  for (const { address, run } of hostsOf(lab)) await run(["ip", "addr", "del", `${address}/16`, "dev", "eth0"])
}
