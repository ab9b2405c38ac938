<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * A trace repeats the arguments of every call on the way, keys and passwords among them, unless the machine's settings
 * say otherwise. What this package throws has a trace without arguments, whatever the settings.
 *
 * @internal
 */
final class Trace
{
    public static function dropArguments(\Exception $exception): void
    {
        $frames = [];
        /** @var array<string, mixed> $frame */
        foreach ($exception->getTrace() as $frame) {
            unset($frame['args']);
            $frames[] = $frame;
        }
        (new \ReflectionProperty(\Exception::class, 'trace'))->setValue($exception, $frames);
    }
}
