<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * Instants as the API writes them: RFC 3339 in UTC.
 *
 * @internal
 */
final class Time
{
    /** @return \DateTimeImmutable|null null when the text is no instant */
    public static function parse(string $text): ?\DateTimeImmutable
    {
        // PHP would also read 'tomorrow'.
        if (preg_match('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/D', $text) !== 1) {
            return null;
        }
        try {
            return new \DateTimeImmutable($text);
        } catch (\Exception) {
            return null;
        }
    }

    public static function format(\DateTimeInterface $instant): string
    {
        $utc = \DateTimeImmutable::createFromInterface($instant)->setTimezone(new \DateTimeZone('UTC'));
        return $utc->format($utc->format('u') === '000000' ? 'Y-m-d\TH:i:s\Z' : 'Y-m-d\TH:i:s.v\Z');
    }
}
