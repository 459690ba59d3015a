using System;
using System.Collections.Generic;

namespace Shop.Orders
{
    /// <summary>What a customer is about to buy.</summary>
    [Serializable]
    public class Basket<T> : IBasket where T : Item
    {
        public const int Limit = 50;

        private readonly List<T> items = new List<T>();

        public Basket(Customer owner)
        {
            Owner = owner;
            items.Clear();
        }

        /// <summary>Who buys.</summary>
        public Customer Owner { get; set; }

        public decimal Total
        {
            get
            {
                return items.Sum(item => item.Price);
            }
        }

        /// <summary>Adds an item.</summary>
        [Logged]
        public async Task<int> AddAsync(T item, int count = 1)
        {
            for (var i = 0; i < count; i++)
            {
                items.Add(item);
            }
            return await Task.FromResult(items.Count);
        }

        public event EventHandler Changed;
    }

    public interface IBasket
    {
        decimal Total { get; }

        Task<int> AddAsync(Item item, int count);
    }

    public enum State
    {
        Open,
        Paid,
    }

    public record Item(string Name, decimal Price);

    public struct Point
    {
        public int X;
        public int Y;
    }

    public delegate void Notify(string message);
}
