import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A free port. Found before the configuration is decided, because the issuer of tokens names the port. */
export async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
