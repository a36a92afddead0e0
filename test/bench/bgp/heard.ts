/** "2026/11/28 21:46:32.123456 BGP: [ABCDE-FGHIJ] 192.168.1.101 rcvd 203.0.113.1/32 IPv4 unicast", times as the machine's zone has them. */
const line = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d\.\d+) BGP: .* rcvd (\S+)\/32 IPv4 unicast/

/** When FRR's bgpd read a route to a single address for the first time since `since`, by its log; ms since the epoch, as `since`. undefined: it did not. */
export const firstHeard = (log: string, address: string, since: number): number | undefined => {
  for (const written of log.split("\n")) {
    const [, year, month, day, hour, minute, seconds, prefix] = line.exec(written) ?? []
    if (prefix !== address) continue
    const whole = new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)).getTime()
    const at = whole + Number(seconds) * 1000
    if (at >= since) return at
  }
  return undefined
}
