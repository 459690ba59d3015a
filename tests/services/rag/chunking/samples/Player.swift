import Foundation

/// How loud a player may be.
let maximumVolume = 11

typealias Seconds = Double

/// Something that plays.
protocol Playable: AnyObject {
    var duration: Seconds { get }

    func play(from start: Seconds) throws
}

/// Plays a list of songs.
@MainActor
final class Player<Song: Playable> {
    static let shared = Player()

    private var songs: [Song] = []

    init(songs: [Song] = []) {
        self.songs = songs
        prepare()
    }

    deinit {
        songs.removeAll()
    }

    /// Plays the first song.
    @discardableResult
    func play(from start: Seconds = 0) async throws -> Bool {
        guard let first = songs.first else { return false }
        try first.play(from: start)
        return true
    }

    subscript(index: Int) -> Song {
        songs[index]
    }
}

extension Player: CustomStringConvertible {
    var description: String {
        "\(songs.count) songs"
    }

    func skip() {
        songs.removeFirst()
        songs.append(contentsOf: [])
    }
}

struct Track {
    let title: String

    mutating func rename(to title: String) {
        print(title)
    }
}

enum Mode: String {
    case once
    case loop

    func next() -> Mode {
        self == .once ? .loop : .once
    }
}

actor Downloader {
    func fetch(_ url: URL) async -> Data? {
        try? await URLSession.shared.data(from: url).0
    }
}

func clamp(_ volume: Int) -> Int {
    let upper = min(volume, maximumVolume)
    return max(0, upper)
}
