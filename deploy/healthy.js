/** Ends with 0 when the server of this container is ready, and says why not otherwise. */
const { PORT = '3000' } = process.env
try {
  const response = await fetch(`http://127.0.0.1:${PORT}/health/ready`, {
    signal: AbortSignal.timeout(4_000),
  })
  if (!response.ok) process.stderr.write(`${response.status} ${(await response.text()).slice(0, 500)}\n`)
  process.exitCode = response.ok ? 0 : 1
} catch (error) {
  process.stderr.write(`${error.cause?.code ?? error.message}\n`)
  process.exitCode = 1
}
