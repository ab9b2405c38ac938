import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'

/** What guests may know of the server: whether it is set up, and how long a password has to be. */
export function useSetup() {
  return useQuery({ queryKey: ['setup'], queryFn: () => comserv.setup.get() })
}

/** Below the field of a new password, where nobody is signed in. */
export function usePasswordAdvice(): string {
  const { data } = useSetup()
  const advice = t('A sentence is easy to remember and hard to guess.')
  return data
    ? t('At least {{password_length_min}} characters. {{advice}}', {
        password_length_min: data.password_length_min,
        advice,
      })
    : advice
}
