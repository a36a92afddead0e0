/**
 * Why the sender's session last left Up (RFC 5880 section 4.1): 0 to 31, of which 10 and above have no meaning yet.
 * A packet with one of those is as good as any other.
 */
export type Diagnostic = number

export const diagnostic = {
  none: 0,
  detectionTimeExpired: 1,
  echoFailed: 2,
  neighborSignaledDown: 3,
  forwardingPlaneReset: 4,
  pathDown: 5,
  concatenatedPathDown: 6,
  administrativelyDown: 7,
  reverseConcatenatedPathDown: 8,
  misconnected: 9,
} as const

const texts: readonly string[] = [
  "no diagnostic",
  "control detection time expired",
  "echo function failed",
  "neighbor signaled session down",
  "forwarding plane reset",
  "path down",
  "concatenated path down",
  "administratively down",
  "reverse concatenated path down",
  // RFC 6428 section 5.
  "mis-connectivity defect",
]

/** What people read: "control detection time expired", "diagnostic 17". */
export const diagnosticText = (code: Diagnostic): string => texts[code] ?? `diagnostic ${code}`
