<?php

declare(strict_types=1);

namespace App\Mail;

use Psr\Log\LoggerInterface;

const DEFAULT_SENDER = 'no-reply@example.org';

/**
 * Sends messages.
 */
#[AsService]
final class Mailer implements Sends
{
    use Logs;

    public const RETRIES = 3;

    private array $queue = [];

    public function __construct(private LoggerInterface $logger)
    {
        $this->queue = [];
        $this->logger->info('ready');
    }

    /**
     * Sends one message.
     *
     * @throws SendFailed
     */
    #[Retry(3)]
    public function send(Message $message): bool
    {
        $this->queue[] = $message;
        return true;
    }

    public static function create(): self
    {
        return new self(new NullLogger());
    }
}

interface Sends
{
    public function send(Message $message): bool;
}

trait Logs
{
    protected function log(string $line): void
    {
        error_log($line);
    }
}

enum Priority: int
{
    case Low = 1;
    case High = 2;

    public function label(): string
    {
        return ucfirst($this->name);
    }
}

/** Returns the host of an address. */
function host_of(string $address): string
{
    [, $host] = explode('@', $address);
    return strtolower($host);
}
