/** "2026/11/28 21:46:32.123456 BGP: [ABCDE-FGHIJ] ", times as the machine's zone has them. */
const beginning = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d\.\d+) BGP: (.*)$/

/** When FRR's bgpd first wrote a line whose text is one of those since `since`; ms since the epoch, as `since`. undefined: it did not. */
const firstLine = (log: string, isMeant: (text: string) => boolean, since: number): number | undefined => {
  for (const written of log.split("\n")) {
    const [, year, month, day, hour, minute, seconds, text] = beginning.exec(written) ?? []
    if (text === undefined || !isMeant(text)) continue
    const whole = new Date(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)).getTime()
    const at = whole + Number(seconds) * 1000
    if (at >= since) return at
  }
  return undefined
}

/** When it read a route to a single address: "192.168.1.101 rcvd 203.0.113.1/32 IPv4 unicast". */
export const firstHeard = (log: string, address: string, since: number): number | undefined =>
  firstLine(log, text => text.endsWith(` rcvd ${address}/32 IPv4 unicast`), since)

/** When it read a NOTIFICATION: "%NOTIFICATION: received from neighbor 192.168.1.102 6/9 (Cease/Hard Reset) 2 bytes". */
export const firstNotified = (log: string, neighbour: string, since: number): number | undefined =>
  firstLine(log, text => text.includes("%NOTIFICATION") && text.includes(`from neighbor ${neighbour} `), since)
