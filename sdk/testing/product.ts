import { install } from '../../server/test/product-process.ts'
import type { Serving } from '../../server/test/serving.ts'

export interface Product {
  url: string
  clientId: string
  clientSecret: string
  /** At once, as when the power fails. */
  kill(): Promise<void>
  /** On the same data and port, once the former process has ended. */
  start(): Promise<void>
}

/** The product as a process of its own, with a credential that may do everything. */
export async function startProduct(env: Record<string, string> = {}): Promise<Product> {
  const installation = await install()
  const create = ['credential', 'create', '--name', 'Tests', '--scopes', 'admin', '--json']
  const { stdout } = await installation.run(create)
  const { client_id: clientId, client_secret: clientSecret } = JSON.parse(stdout)
  let serving: Serving | undefined
  const product = {
    url: installation.url,
    clientId,
    clientSecret,
    async kill() {
      serving?.process.kill('SIGKILL')
      await serving?.ended
    },
    async start() {
      await serving?.ended
      serving = await installation.serve(env)
    },
  }
  await product.start()
  return product
}
