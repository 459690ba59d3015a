// Plays sounds.
#import "Player.h"
#import <Foundation/Foundation.h>

#define MAX_VOLUME 11

static NSString *const PlayerName = @"player";

typedef NS_ENUM(NSInteger, PlayerState) {
    PlayerStateIdle,
    PlayerStatePlaying,
};

@protocol PlayerDelegate <NSObject>
- (void)playerDidStop:(Player *)player;
@end

/// Plays one sound at a time.
@interface Player : NSObject
@property (nonatomic, strong) NSString *name;
- (instancetype)initWithName:(NSString *)name;
+ (Player *)shared;
@end

@implementation Player

- (instancetype)initWithName:(NSString *)name {
    self = [super init];
    if (self) {
        _name = [name copy];
    }
    return self;
}

/// The one that all share.
+ (Player *)shared {
    static Player *player;
    player = player ?: [[Player alloc] initWithName:PlayerName];
    return player;
}

- (void)play:(NSURL *)url atVolume:(NSInteger)volume {
    NSInteger loud = MIN(volume, MAX_VOLUME);
    [self open:url];
    [self setVolume:loud];
}

@end

@implementation NSString (Player)

- (BOOL)isSound {
    return [self hasSuffix:@".wav"];
}

@end

// Stops everything.
void PlayerStopAll(void) {
    [[Player shared] stop];
    NSLog(@"stopped");
    NSLog(@"really");
}
