import { Button, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Problem } from '../parts/problem.tsx'

/** Asks for a passkey when it is pressed; what that takes is loaded then. */
export function PasskeyButton<R>({
  label,
  send,
  onDone,
  ...rest
}: {
  label: string
  send(response: Record<string, unknown>): PromiseLike<R>
  onDone(result: R): void
}) {
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => send(await (await import('./passkey.ts')).usePasskeyOfBrowser()),
    onSuccess: onDone,
  })
  return (
    <Stack gap="xs">
      {error && <Problem error={error} />}
      <Button variant="default" fullWidth loading={isPending} onClick={() => mutate()} {...rest}>
        {label}
      </Button>
    </Stack>
  )
}
