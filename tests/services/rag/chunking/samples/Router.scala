package org.example.http

import scala.collection.mutable

/** Answers requests. */
trait Handler[F[_]] {
  def handle(request: Request): F[Response]

  def name: String = getClass.getSimpleName
}

/** A request as it came. */
final case class Request(method: String, path: String) {
  lazy val segments: List[String] =
    path.split('/').toList.filter(_.nonEmpty)

  def isRead: Boolean = {
    val reading = Set("GET", "HEAD")
    reading.contains(method)
  }
}

object Request {
  val Root = "/"

  // Parses the first line.
  def parse(line: String): Option[Request] =
    line.split(' ') match {
      case Array(method, path, _) => Some(Request(method, path))
      case _ => None
    }
}

sealed abstract class Status(val code: Int)

object Status {
  case object Ok extends Status(200)
  case object NotFound extends Status(404)
}

type Routes = Map[String, Handler[Option]]

enum Level {
  case Low, High
}

@deprecated("use Router", "2.0")
class OldRouter(routes: Routes) {
  def find(path: String): Option[Handler[Option]] = {
    val found = routes.get(path)
    found.orElse(routes.get(Request.Root))
  }
}

given ordering: Ordering[Request] with {
  def compare(a: Request, b: Request): Int = a.path.compareTo(b.path)
}

extension (text: String) {
  def toRequest: Request = Request("GET", text)
}
