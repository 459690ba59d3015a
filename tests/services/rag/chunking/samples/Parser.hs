{-# LANGUAGE LambdaCase #-}
-- | A small parser of expressions.
module Text.Parser
  ( Parser
  , runParser
  ) where

import Data.Char (isDigit)

-- | Where a parse failed.
data ParseError
  = EndOfInput
  | Unexpected Char
  deriving (Eq, Show)

newtype Parser a = Parser
  { runParser :: String -> Either ParseError (a, String)
  }

type Offset = Int

-- | Things that can be printed.
class Pretty a where
  pretty :: a -> String
  pretty _ = ""

  prettyList :: [a] -> String

instance Functor Parser where
  fmap f (Parser p) = Parser $ \input ->
    case p input of
      Left e -> Left e
      Right (a, rest) -> Right (f a, rest)

-- | Parses one character.
satisfy :: (Char -> Bool) -> Parser Char
satisfy test = Parser $ \case
  [] -> Left EndOfInput
  (c : rest)
    | test c -> Right (c, rest)
    | otherwise -> Left (Unexpected c)

-- Evaluates.
eval :: Expr -> Int
eval (Lit n) = n
eval (Add a b) = eval a + eval b
eval (Mul a b) = eval a * eval b

infixl 6 <+>

(<+>) :: Parser a -> Parser a -> Parser a
a <+> b = Parser $ \input -> case runParser a input of
  Left _ -> runParser b input
  ok -> ok

digits :: Parser String
digits = many (satisfy isDigit)
  where
    many p = go p
    go _ = undefined
