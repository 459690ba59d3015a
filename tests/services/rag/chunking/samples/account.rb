# frozen_string_literal: true

require "bcrypt"

module Bank
  LIMIT = 100

  # Raised when there is too little.
  class Overdrawn < StandardError; end

  # Money of one person.
  #
  # Amounts are in cents.
  class Account < Base
    include Comparable

    attr_reader :balance

    STATES = %i[open closed].freeze

    def initialize(owner, balance = 0)
      @owner = owner
      @balance = balance
      @history = []
    end

    # Opens an account for each.
    def self.open_all(owners)
      owners.map do |owner|
        new(owner)
      end
    end

    def withdraw!(amount)
      raise Overdrawn if amount > @balance

      @balance -= amount
    end

    def ==(other)
      balance == other.balance
    end

    private

    def log(entry)
      @history << entry
    end

    class << self
      def load(path)
        File.read(path)
      end
    end
  end
end

class Bank::Branch
  def city
    "Here"
  end
end

def helper(value)
  value.to_s
end
