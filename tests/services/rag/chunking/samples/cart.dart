/// A cart and what is in it.
library cart;

import 'dart:convert';

const int limit = 20;

typedef Check = bool Function(Item item);

/// What is bought.
@immutable
class Cart<T extends Item> extends Base with Logging {
  static const String key = 'cart';

  final List<T> _items = [];

  Cart(this.owner);

  Cart.empty() : owner = '' {
    _items.clear();
    log('empty');
  }

  factory Cart.fromJson(Map<String, Object?> json) {
    return Cart(json['owner'] as String);
  }

  /// Adds an item.
  @override
  Future<void> add(T item) async {
    _items.add(item);
    await save();
    notifyListeners();
  }

  int get length => _items.length;

  set owner(String value) {
    _owner = value;
  }
}

abstract class Item {
  double price();
}

mixin Logging {
  void log(String line) {
    print(line);
  }
}

extension Sums on Cart {
  double total() {
    return 0;
  }
}

enum Size { small, large }

// Prints a cart.
void show(Cart cart) {
  final text = jsonEncode(cart);
  print(text);
  print('---');
}
