import { PasswordInput, Stack } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'

export function PasswordForm() {
  const queryClient = useQueryClient()
  const { password_length_min } = useCatalog()
  const [isChanged, setChanged] = useState(false)
  const { form, isPending, problem, onSubmit, startOver } = useProblemForm({
    initialValues: { current_password: '', new_password: '' },
    send: (values) => comserv.me.changePassword(values),
    onDone: () => {
      startOver()
      void queryClient.invalidateQueries({ queryKey: ['me', 'sessions'] })
      setChanged(true)
    },
  })
  return (
    <form onSubmit={onSubmit}>
      <Stack maw={360}>
        <PasswordInput
          label={t('Current password')}
          autoComplete="current-password"
          required
          {...form.getInputProps('current_password')}
        />
        <PasswordInput
          label={t('New password')}
          description={t(
            'At least {{password_length_min}} characters; a sentence is easy to remember and hard to guess.',
            { password_length_min },
          )}
          autoComplete="new-password"
          required
          {...form.getInputProps('new_password')}
        />
        <FormEnd
          verb={t('Change password')}
          isPending={isPending}
          problem={problem}
          said={
            isChanged && !form.isDirty()
              ? t('Your password was changed. All your other sessions have ended.')
              : ''
          }
        />
      </Stack>
    </form>
  )
}
