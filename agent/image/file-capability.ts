/** Numbers of linux/capability.h. */
const netBindService = 10
const netRaw = 13

/**
 * The security.capability attribute of `cap_net_bind_service,cap_net_raw+p`: struct vfs_cap_data, revision 2, all fields
 * 32 bits little endian.
 *
 *     magic and flags | permitted 0-31 | inheritable 0-31 | permitted 32-63 | inheritable 32-63
 *
 * Bit 0 of the first field would make the capabilities effective at exec. It is clear, because then exec fails with
 * EPERM in a container that lacks one of them, and the controller drops them all.
 */
export const nodeCapability = (): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(20))
  bytes.setUint32(0, 0x02000000, true)
  bytes.setUint32(4, (1 << netBindService) | (1 << netRaw), true)
  return new Uint8Array(bytes.buffer)
}
