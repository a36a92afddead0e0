import type { Lab } from "../lab/lab.ts"
import { must, run } from "../lab/run.ts"

/** A host on a network of its own behind the lab's router: routed there, on nobody's link. */
export class HostBehindRouter {
  readonly #namespace: string

  private constructor(namespace: string) {
    this.#namespace = namespace
  }

  /** Puts one on `address` of a /24, whose last host number is the router's. */
  static async plug({ plan }: Lab, address: string): Promise<HostBehindRouter> {
    const host = new HostBehindRouter(`${plan.lab}-far`)
    const gateway = address.replace(/\d+$/, "254")
    await host.unplug()
    const { namespace } = plan.router
    const batch = async (where: readonly string[], commands: readonly string[]) => {
      await must("ip", [...where, "-batch", "-"], { input: `${commands.join("\n")}\n` })
    }
    await batch([], [`netns add ${host.#namespace}`])
    await batch(
      ["-n", namespace],
      [
        `link add far type veth peer name eth0 netns ${host.#namespace}`,
        `addr add ${gateway}/24 dev far`,
        "link set far up",
      ],
    )
    await batch(
      ["-n", host.#namespace],
      ["link set lo up", `addr add ${address}/24 dev eth0`, "link set eth0 up", `route add default via ${gateway}`],
    )
    return host
  }

  /** Takes it away with its network; nothing to do is no error. */
  async unplug(): Promise<void> {
    await run("ip", ["netns", "del", this.#namespace])
  }
}
