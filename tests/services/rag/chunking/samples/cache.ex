defmodule Shop.Cache do
  @moduledoc """
  Keeps values for a while.
  """

  use GenServer

  alias Shop.Clock

  @timeout 5_000

  @type key :: String.t()

  defstruct [:name, :values, ttl: 60]

  @doc """
  Starts the cache.

  ## Options

    * `:name` - how it is registered
  """
  @spec start_link(keyword()) :: GenServer.on_start()
  def start_link(opts \\ []) do
    GenServer.start_link(__MODULE__, opts, name: opts[:name])
  end

  @impl true
  def handle_call({:get, key}, _from, state) do
    {:reply, Map.get(state.values, key), state}
  end

  @impl true
  def handle_call({:put, key, value}, _from, state) when is_binary(key) do
    {:reply, :ok, put_in(state.values[key], value)}
  end

  # Drops what is old.
  defp expire(state), do: %{state | values: %{}}

  defmacro cached(key, do: block) do
    quote do
      Shop.Cache.fetch(unquote(key), fn -> unquote(block) end)
    end
  end

  defguard is_key(value) when is_binary(value)

  def empty?, do: true
end

defprotocol Shop.Sized do
  @doc "Returns the size."
  def size(value)
end

defimpl Shop.Sized, for: Shop.Cache do
  def size(cache) do
    cache.values
    |> map_size()
  end
end
